"""What schemathesis cannot know of the service: what a picture is."""

import schemathesis
from hypothesis import strategies

from tests.e2e.service import CAMERA, COFFEE

# Real ones, for the way that ends well, and what only pretends to be one.
PICTURES = strategies.sampled_from([COFFEE, CAMERA, COFFEE[:100], b"GIF89a", b""])

for media_type in ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"):
    schemathesis.openapi.media_type(media_type, PICTURES)
