"""The networks: generators, discriminators and losses, plain `nn.Module`s, each readable alone."""
