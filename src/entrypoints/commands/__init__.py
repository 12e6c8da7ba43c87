"""Commands of the service, one module for each subject.

A command imports what it needs when it runs, so that `predictor --help` does not wait for torch.
"""
