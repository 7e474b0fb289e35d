"""A local page where a drawing colors itself under the brush: a server over `color`, and the page.

Everything stays on this machine. No PyTorch.
"""
