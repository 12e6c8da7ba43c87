"""Compiled models: ONNX export, quantisation and the cache on disk."""
