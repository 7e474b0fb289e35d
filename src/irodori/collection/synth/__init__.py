"""A drawing program: characters, animals and scenes as exact pairs of line art and color.

Everything is drawn from a seed, so that anyone can train from nothing, offline, on pictures that
nobody owns (CC0). `write.synthesize` makes a collection of them, `picture.draw` one picture;
`curves`, `pen` and `canvas` draw, the other files know what things look like.
"""
