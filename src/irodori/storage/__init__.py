"""Storage: files wherever they lie, on this disk or behind an address such as s3://bucket/art.

A room at the very bottom, which imports nothing of ours. `places.place` turns what a person typed
into a path; one that lies elsewhere answers the calls that our rooms make of a path, over fsspec,
and waits where a connection is lost (`patience`). `working` gives what must lie on a local disk,
journals and runs at work, its folder there.
"""
