"""What a fact looks like in a property graph and in RDF; each shape is described once, as data."""
