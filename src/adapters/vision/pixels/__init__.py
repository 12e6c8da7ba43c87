"""Preprocessing of pictures: decoding, cropping and resizing to the square that a model takes."""
