"""The recall task: tables of trials, and what models and people do on them.

Each part loads when it is imported: :mod:`hvm.recall.trials`, :mod:`hvm.recall.simulate`,
:mod:`hvm.recall.models`.
"""
