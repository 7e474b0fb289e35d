"""The networks: generators, discriminators and losses, plain `nn.Module`s, each readable alone.

Every generator is called as `network(ink, hints, palette)`: ink (N, 1, H, W) in 0..1, 1 is ink;
hints (N, 8, H/4, W/4), painted hints as premultiplied RGB and mask, then the same as they flow over
the regions; palette (N, 16, 4), RGB and weight, a slot of weight 0 is empty. Most answer with RGB
(N, 3, H, W) in 0..1, `colornet` with votes.

`parts` has what they are made of: normalization, activation, initialization. `losses` holds one
loss a file. No loss or network knows how it is trained.
"""
