"""The recall task: tables of trials, models on them, and statistics of people beside models.

Each part loads when it is imported.
"""
