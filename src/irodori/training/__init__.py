"""How a colorist is grown: designs, data feed, the loop, runs and checkpoints, export.

`designs` reads like the papers: a plain function for each way to build and teach a network.
`pairs` and `drawings` bring pictures from a collection, `augment`, `artist` and `feed` make samples
of them, `loop` trains and `checkpoints` lets it go on, `runs` keeps what was asked and what came of
it, `export` makes a colorist that anyone can use.
"""
