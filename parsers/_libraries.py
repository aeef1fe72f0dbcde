"""Which library reads XML: stands in the manifest, because what is well-formed is its decision."""


def xml_library() -> str:
    """The version of libxml2 at work."""
    from lxml import etree

    return ".".join(map(str, etree.LIBXML_VERSION))
