"""The data that needs no files: pictures drawn by the course, the same on every machine."""

from .ants_bees import make_ants_bees
from .cifar10 import CIFAR10_CLASSES, SampleCIFAR10

__all__ = ["CIFAR10_CLASSES", "SampleCIFAR10", "make_ants_bees"]
