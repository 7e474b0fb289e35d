"""How a colourist is grown: prepared pictures, samples with hints, the loop, the export."""
