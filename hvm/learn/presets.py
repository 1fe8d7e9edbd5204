"""Presets: where each learner of hvm's own is found, one line a learner.

A model file names the preset that its parameters are of; see :data:`hvm.learn.model.LEARNERS`.
"""

from __future__ import annotations

DEFAULT = "default"
PRESETS = {DEFAULT: "hvm.learn.hvm:HVM", "paper": "hvm.learn.paper:PaperHVM"}
