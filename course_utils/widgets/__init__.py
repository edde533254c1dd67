"""The widgets of the course: move a control and see what changes."""

from .curves import curve_comparer
from .descent import descent
from .hello import hello_slider
from .modules import module_browser
from .pixels import pixel_playground
from .shapes import shape_tracer

__all__ = [
    "curve_comparer",
    "descent",
    "hello_slider",
    "module_browser",
    "pixel_playground",
    "shape_tracer",
]
