"""One module per output. A writer is given ordered batches of events and a stream; publishing the file is not its business."""
