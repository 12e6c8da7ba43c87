"""Runtimes that run a loaded model: ONNX Runtime and PyTorch."""
