"""The losses, one a file: formula, source, plain functions of tensors."""
