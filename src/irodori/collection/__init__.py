"""From tags to a clean, balanced, paired data set: a folder of pictures with one manifest.

A step looks at pictures and writes what it learnt into columns; nothing is deleted, a picture left
out has a reason. No PyTorch.
"""
