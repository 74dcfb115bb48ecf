"""Pictures: what they are, what stands in them, and measures of what they show."""

from contextlib import suppress

import numpy as np

from assistant.tools.base import Tool
from assistant.tools.images.count_objects import count_objects
from assistant.tools.images.crop_image import crop_image
from assistant.tools.images.digitize_chart import digitize_chart
from assistant.tools.images.image_info import image_info
from assistant.tools.images.measure_image import measure_image
from assistant.tools.images.read_text_in_image import read_text_in_image
from assistant.tools.images.segmentation import segment
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

TOOLS = (
    Tool.from_function(image_info, timeout_s=20.0, group="images"),
    Tool.from_function(crop_image, timeout_s=20.0, group="images"),
    Tool.from_function(read_text_in_image, timeout_s=60.0, group="images"),
    Tool.from_function(measure_image, timeout_s=20.0, group="images"),
    Tool.from_function(count_objects, timeout_s=20.0, group="images"),
    Tool.from_function(digitize_chart, timeout_s=20.0, group="images"),
)
# What rapidocr imports; itself it waits for the job, because onnxruntime starts a thread when it is imported.
UNDER_RAPIDOCR = ("cv2", "omegaconf", "pyclipper", "requests", "shapely.geometry", "tqdm")


def warm_up() -> None:
    """Load what the libraries load at first use, and start no thread."""
    with suppress(ToolError):
        square = np.zeros((32, 32), np.float32)
        square[8:24, 8:24] = 200
        segment(square, 4, split_touching=True)
        optional("skimage.measure", "scikit-image")
    for name in UNDER_RAPIDOCR:
        with suppress(ToolError):
            optional(name)
