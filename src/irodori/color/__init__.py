"""A drawing in, a coloured drawing out.

Everything an artist needs, without torch: loading line art (`drawing`), what the artist says about
colour (`hints`, `palette`), closed areas (`regions`), the trained network in use (`colorist`), its
answer (`coloring`) and that answer as a flat or layered file (`layers`). Import from the modules,
or the public names from `irodori`; this file imports nothing, so that `irodori --help` stays quick.
"""
