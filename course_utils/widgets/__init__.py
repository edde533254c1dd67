"""The widgets of the course: move a control and see what changes."""

from .activations import activation_explorer
from .augmentation import augmentation_playground
from .batches import batch_viewer
from .broadcasting import broadcasting_aligner
from .checkpoints import key_differ
from .curves import curve_comparer
from .descent import descent
from .explorer import ConvolutionExplorer, convolution_explorer
from .freezing import freeze_depth
from .gallery import cifar_gallery
from .hello import hello_slider
from .inference import picture_classifier
from .layer_zoo import layer_zoo
from .losses import loss_explorer
from .modules import module_browser
from .optimizers import optimizer_paths
from .pixels import pixel_playground
from .schedules import schedule_preview
from .segmentation import mask_threshold
from .shapes import shape_tracer
from .smoothing import smoothing_slider
from .throughput import throughput
from .tree import module_tree

__all__ = [
    "ConvolutionExplorer",
    "activation_explorer",
    "augmentation_playground",
    "batch_viewer",
    "broadcasting_aligner",
    "cifar_gallery",
    "convolution_explorer",
    "curve_comparer",
    "descent",
    "freeze_depth",
    "hello_slider",
    "key_differ",
    "layer_zoo",
    "loss_explorer",
    "mask_threshold",
    "module_browser",
    "module_tree",
    "optimizer_paths",
    "picture_classifier",
    "pixel_playground",
    "schedule_preview",
    "shape_tracer",
    "smoothing_slider",
    "throughput",
]
