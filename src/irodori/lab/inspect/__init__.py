"""See what a network sees: its data, outputs, filters, patches, fields and histories as pictures.

For any PyTorch model; every function returns a PIL image or a matplotlib figure, which a notebook
shows. Nothing of the model is changed.
"""
