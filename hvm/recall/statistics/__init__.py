"""Statistics: models' bits beside people's times and accuracy, always with intervals.

Here live the checks at the border, means and their reliability, mixed models, gains over baselines,
fits and recovery. Comes in: trials and bits by trial. Goes out: tidy tables, and a lookup in them.
"""
