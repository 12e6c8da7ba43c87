"""Classification of pictures: decoding, preprocessing, the model catalogue and the runtimes that run a model.

    bytes -> decode (Pillow) -> preprocess (one crop-and-resize) -> uint8 [N, H, W, 3] -> ModelRuntime -> labels

The runtime takes bytes: normalisation is its part, so that a compiled model has it in its graph. Only
`torch_runtime`, `onnx_export`, `served_network`, `weights_file` and the builders of networks import torch, and
they are imported only where a model is loaded into torch.
"""
