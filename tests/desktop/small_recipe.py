"""A recipe that really trains, in seconds: the bundled model's network on small crops."""

from __future__ import annotations

from pathlib import Path


def small_recipe(data: Path, *, steps: int, checkpoint_every: int = 5, val_every: int = 10) -> str:
    return f"""
name = "small"
precision = "fp32"
[model]
name = "lc-mobilenetv2"
start = "default"
start_other_classes = true
new_layers = ["classifier.*", "heads.*.classifier.*"]
working_side = 96
[data]
layout = "camvid"
root = {str(data)!r}
train = "train"
val = "val"
workers = 1
[optimiser]
ema = 0.5
[schedule]
log_every = 1
checkpoint_every = {checkpoint_every}
val_every = {val_every}
val_images = 2
probes = 2
[[phase]]
name = "stage 1"
iterations = {steps}
batch = 2
crop = 64
lr = 0.01
loss_weights = [1.0, 0.0, 0.0]
loss_stride = 4
freeze = ["features.*"]
[[phase]]
name = "all"
iterations = 2
batch = 2
crop = 64
lr = 0.01
loss_weights = [0.3, 0.3, 1.0]
loss_stride = 4
"""
