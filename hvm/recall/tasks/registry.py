"""Every task by its name; a task is a file of this folder and one line here.

Nothing is loaded before it is asked for, so names cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvm.plugins import Registry

if TYPE_CHECKING:
    from hvm.recall.tasks.task import RecallTask

TASKS: Registry[RecallTask] = Registry(
    "task",
    "hvm.recall_tasks",
    {
        "visual-pairs": "hvm.recall.tasks.visual_pairs:VISUAL_PAIRS",
        "syllable-targets": "hvm.recall.tasks.syllable_targets:SYLLABLE_TARGETS",
        "state-keys": "hvm.recall.tasks.state_keys:STATE_KEYS",
        "graph-paths": "hvm.recall.tasks.graph_paths:GRAPH_PATHS",
        "word-times": "hvm.recall.tasks.word_times:WORD_TIMES",
        "recall-keys": "hvm.recall.tasks.key_tables:RECALL_KEYS",
        "keys": "hvm.recall.tasks.key_tables:KEYS",
    },
)
"""Tasks by the name that ``hvm recall --task`` takes; more by ``TASKS.register(name, task)``."""
