"""The same work on Ray: over the processes of one machine, or over the machines of a cluster.

Nothing here decides what is computed. Ray spreads it, and does again what a lost worker had in
hand; each file hands it the functions of another room. `cluster` is the way in and out, `mapper`
spreads the steps of a collection, `coloring` a batch of drawings, `training` one run, `searching`
a search, `serving` what the studio's page waits for. Only `cli` imports this room.
"""
