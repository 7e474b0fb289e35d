"""For anybody who trains with PyTorch: a doctor, an inspector, a tuner, an ensemble.

Nothing here knows about drawings, and nothing here imports the other rooms: bring your own model,
loss and loaders. It needs `pip install "irodori[lab]"`.
"""
