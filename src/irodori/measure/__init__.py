"""The yardstick: how good a coloured drawing is, with the same hints for everybody.

`errors` compares two pictures; `truth` and `flats` ask whether hints were obeyed, flat places are
even and lines were not crossed; `protocols` places hints; `rivals` and `gmic` are what a colourist
is compared with. No torch.
"""
