"""In which tasks does what a model foretells add to what practice explains of people's times?"""
