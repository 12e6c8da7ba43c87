"""Pictures to labels: decoding, preprocessing, the model catalogue and the runtimes that run a model.

    bytes -> decode (Pillow) -> preprocess (one crop-and-resize) -> uint8 [N, H, W, 3] -> ModelRuntime -> labels

What crosses the line to the runtime is plain bytes: normalisation belongs to the runtime, so that a compiled
one folds it into its graph. Nothing but `torch_engine`, `network`, `weights_file` and the builders of
networks needs torch, and they import it only once a model is loaded.
"""
