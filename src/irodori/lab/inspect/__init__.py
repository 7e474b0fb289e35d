"""See what a network sees: its data, answers, filters, patches, fields and histories as pictures.

    from irodori.lab import inspect

    inspect.filters(model)                               # a PIL image; a notebook shows it
    inspect.gallery(model, "layer3", loader)             # what excites each channel, by deconvnet
    print(inspect.summary(model, batch))

For any PyTorch model. Every function returns a PIL image or a matplotlib figure, or plain values
where its name says so. Nothing of the model is changed. A model that takes more than one tensor is
called by `call=lambda model, batch: ...`.
"""

from irodori.lab.inspect.curves import curves, events, read_metrics
from irodori.lab.inspect.filters import filters
from irodori.lab.inspect.graph import graph, trace
from irodori.lab.inspect.histories import flow, histories
from irodori.lab.inspect.influence import Influence, occlusion, saliency
from irodori.lab.inspect.inputs import Side, input_sheet, repeated_batches, value_histogram
from irodori.lab.inspect.page import Animation, Page, Section
from irodori.lab.inspect.patches import Patch, gallery, reconstruct, top_patches
from irodori.lab.inspect.pictures import Picture, sheet, to_picture
from irodori.lab.inspect.receptive import FieldFinder, ReceptiveField, receptive_field
from irodori.lab.inspect.recorder import Recorder, record
from irodori.lab.inspect.samples import Scored, in_common, sample_sheet, score
from irodori.lab.inspect.summary import Summary, summary
from irodori.lab.inspect.traversal import answers_over, traverse, unit

__all__ = [
    "Animation",
    "FieldFinder",
    "Influence",
    "Page",
    "Patch",
    "Picture",
    "ReceptiveField",
    "Recorder",
    "Scored",
    "Section",
    "Side",
    "Summary",
    "answers_over",
    "curves",
    "events",
    "filters",
    "flow",
    "gallery",
    "graph",
    "histories",
    "in_common",
    "input_sheet",
    "occlusion",
    "read_metrics",
    "receptive_field",
    "reconstruct",
    "record",
    "repeated_batches",
    "saliency",
    "sample_sheet",
    "score",
    "sheet",
    "summary",
    "to_picture",
    "top_patches",
    "trace",
    "traverse",
    "unit",
    "value_histogram",
]
