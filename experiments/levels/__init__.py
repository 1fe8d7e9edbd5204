"""Is there a level of abstraction at which generalization is best and compression is not?"""
