"""Bad inputs that are XML: the mailbox audit and the admin audit."""

from itertools import pairwise

from bad_kit import CANARY, END, XML, admin, bad, box, ual, xml

FORBIDDEN = "forbidden_xml"
LAUGHS = (
    '<!DOCTYPE r [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {new} "' + f"&{old};" * 10 + '">' for old, new in pairwise("abcdefghij"))
    + "]>\n"
)


def _doctype(declaration, inside="&x;"):
    head = f'<?xml version="1.0" encoding="utf-8"?>\n{declaration}\n<SearchResults>\n'
    return xml(box(1, inside=f"<Note>{inside}</Note>"), box(2), head=head)


def _refused(name, declaration, inside="&x;", **options):
    return bad(name, _doctype(declaration, inside), FORBIDDEN, records=1, exit=3, never=(CANARY, "lollol"), **options)


def _broken(name, event, codes="broken_xml", **options):
    """The damaged Event costs itself; those beside it are read."""
    return bad(
        name,
        xml(box(1), event, box(2)),
        codes,
        records=3,
        must=("2026-03-01T10:00:01", "2026-03-01T10:00:02"),
        **options,
    )


def _folder_with_canary(data):
    def make(folder):
        (folder / "SearchResult.xml").write_bytes(
            data.replace(b"CANARYFILE", (folder / "canary.bin").as_uri().encode())
        )
        (folder / "canary.bin").write_bytes(b"\x89PNG" + CANARY.encode())

    return make


DOCUMENTS = [
    # Document types and entities
    _refused("xml_external_entity_relative", '<!DOCTYPE r [<!ENTITY x SYSTEM "canary.txt">]>'),
    _refused("xml_external_entity_etc", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    bad(
        "xml_external_entity_file",
        None,
        f"{FORBIDDEN} no_export",
        make=_folder_with_canary(_doctype('<!DOCTYPE r [<!ENTITY x SYSTEM "CANARYFILE">]>')),
        records=1,
        exit=3,
        never=CANARY,
    ),
    bad(
        "xml_parameter_entity",
        None,
        f"{FORBIDDEN} no_export",
        make=_folder_with_canary(_doctype('<!DOCTYPE r [<!ENTITY % p SYSTEM "CANARYFILE"> %p;]>', "x")),
        records=1,
        exit=3,
        never=CANARY,
    ),
    bad(
        "xml_external_dtd",
        None,
        f"{FORBIDDEN} no_export",
        make=_folder_with_canary(_doctype('<!DOCTYPE SearchResults SYSTEM "CANARYFILE">', "x")),
        records=1,
        exit=3,
        never=CANARY,
    ),
    _refused("xml_entity_over_the_network", '<!DOCTYPE r [<!ENTITY x SYSTEM "http://192.0.2.1/x">]>'),
    _refused("xml_public_identifier", '<!DOCTYPE r PUBLIC "-//X//Y" "http://192.0.2.1/x.dtd">'),
    _refused("xml_billion_laughs", LAUGHS, "&j;"),
    _refused("xml_quadratic_blowup", f'<!DOCTYPE r [<!ENTITY x "{"lol" * 1000}">]>', "&x;" * 1000),
    _refused("xml_internal_entity_in_an_attribute", '<!DOCTYPE r [<!ENTITY x "Forged Owner">]>'),
    _refused("xml_default_attribute_by_dtd", '<!DOCTYPE r [<!ATTLIST Event Forged CDATA "lollol">]>'),
    _refused("xml_doctype_without_anything", "<!DOCTYPE SearchResults>"),
    _refused("xml_doctype_behind_a_comment_of_16_kb", f"<!--{'x' * 16_384}--><!DOCTYPE r [<!ENTITY x 'lollol'>]>"),
    _refused("xml_doctype_behind_a_comment_of_100_kb", f"<!--{'x' * 100_000}--><!DOCTYPE r [<!ENTITY x 'lollol'>]>"),
    _refused("xml_doctype_behind_a_comment_of_9_mb", f"<!--{'x' * 9_000_000}--><!DOCTYPE r [<!ENTITY x 'lollol'>]>"),
    _refused("xml_doctype_behind_many_comments", f"{'<!-- x -->' * 20_000}<!DOCTYPE r [<!ENTITY x 'lollol'>]>"),
    _refused("xml_doctype_behind_a_comment_with_events", f"<!--{box(9, inside='lollol') * 500}--><!DOCTYPE r>"),
    bad(
        "xml_doctype_of_100_kb",
        _doctype(f"<!DOCTYPE r [<!ENTITY x 'lollol'>{'<!-- x -->' * 10_000}]>"),
        FORBIDDEN,
        never="lol",
    ),
    bad("xml_doctype_of_another_root", b"<!DOCTYPE r [<!ENTITY x 'lollol'>]><r>&x;</r>", FORBIDDEN, never="lol"),
    bad("xml_behind_a_comment_of_100_kb", xml(box(1), head=f"<!--{'x' * 100_000}-->{XML}"), records=1),
    bad(
        "xml_behind_a_comment_of_9_mb",
        xml(box(1), head=f"<!--{box(9) * 45_000}-->{XML}"),
        records=1,
        never="2026-03-01T10:00:09",
    ),
    bad("xml_nothing_but_a_comment", b"<!--" + b"x" * 100_000, "unknown_format", must="no element follows"),
    bad("xml_in_ebcdic", xml(box(1)).decode().encode("cp037"), "unknown_format", must="EBCDIC"),
    bad("csv_in_ebcdic", ual(1, 2).decode().encode("cp500"), "unknown_format", must="EBCDIC"),
    _refused("xml_doctype_behind_an_instruction", "<?pi <SearchResults> ?><!DOCTYPE r [<!ENTITY x 'lollol'>]>"),
    bad(
        "xml_doctype_in_utf16",
        b"\xff\xfe"
        + _doctype("<!DOCTYPE r [<!ENTITY x 'lollol'>]>").decode().replace("utf-8", "utf-16").encode("utf-16-le"),
        FORBIDDEN,
        records=1,
        exit=3,
        never="lol",
    ),
    bad(
        "xml_doctype_in_utf16_without_mark",
        _doctype("<!DOCTYPE r [<!ENTITY x 'lollol'>]>").decode().encode("utf-16-be"),
        FORBIDDEN,
        records=1,
        exit=3,
        never="lol",
    ),
    bad(
        "xml_doctype_behind_a_mark",
        b"\xef\xbb\xbf" + _doctype("<!DOCTYPE r [<!ENTITY x 'lollol'>]>"),
        FORBIDDEN,
        records=1,
        exit=3,
        never="lol",
    ),
    bad(
        "xml_doctype_in_lower_case",
        _doctype("<!doctype r [<!entity x 'lollol'>]>"),
        FORBIDDEN,
        records=1,
        exit=3,
        never="lol",
    ),
    bad(
        "xml_doctype_between_events",
        xml(box(1), "<!DOCTYPE r [<!ENTITY x 'lollol'>]>", box(2, inside="<N>&x;</N>")),
        FORBIDDEN,
        records=2,
        exit=3,
        never="lollol",
    ),
    bad(
        "xml_doctype_inside_an_event",
        xml(box(1), box(3, inside="<!DOCTYPE r [<!ENTITY x 'lollol'>]><N>&x;</N>"), box(2)),
        "broken_xml forbidden_xml",
        records=3,
        rejected=2,
        exit=3,
        never="lollol",
        must="2026-03-01T10:00:01",
    ),
    bad("xml_doctype_in_a_comment_is_text", xml(box(1), "<!-- <!DOCTYPE r> -->", box(2)), records=2),
    bad("xml_doctype_in_a_value_is_text", xml(box(1, ' Note="&lt;!DOCTYPE r&gt;"')), records=1, must="<!DOCTYPE r>"),
    bad("xml_html_page", b"<!DOCTYPE html><html><body><p>Access denied</p></body></html>", "no_export"),
    bad(
        "xml_xinclude_fetches_nothing",
        None,
        "no_export",
        make=_folder_with_canary(
            xml(
                box(1, inside='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="CANARYFILE" parse="text"/>')
            )
        ),
        records=1,
        never=CANARY,
    ),
    bad(
        "xml_stylesheet_fetches_nothing",
        None,
        "no_export",
        make=_folder_with_canary(
            xml(box(1), head='<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="CANARYFILE"?><SearchResults>')
        ),
        records=1,
        never=CANARY,
    ),
    bad(
        "xml_schema_location_fetches_nothing",
        xml(
            box(
                1,
                ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://192.0.2.1/ http://192.0.2.1/x.xsd"',
            )
        ),
        records=1,
    ),
    # Not well-formed
    bad("xml_bare_ampersand", xml(box(1), box(3, ' Note="AT&T"'), box(2)), "broken_xml", records=3, must="AT&T"),
    _broken("xml_bare_less_than", box(3, ' Note="a<b"')),
    _broken("xml_undefined_entity", box(3, ' Note="&nbsp;"')),
    _broken("xml_undefined_entity_in_text", box(3, inside="<N>&nbsp;</N>")),
    bad(
        "xml_character_zero_reference",
        xml(box(1), box(3, ' Note="a&#x0;b"'), box(2)),
        records=3,
        must="illegal_characters_replaced",
    ),
    bad(
        "xml_control_characters",
        xml(box(1), box(3, ' Note="a\x01b\x0bc"'), box(2)),
        records=3,
        must="illegal_characters_replaced",
    ),
    bad(
        "xml_not_a_character",
        xml(box(1), box(3, ' Note="a\ufffeb"'), box(2)),
        records=3,
        must="illegal_characters_replaced",
    ),
    _broken("xml_repeated_attribute", box(3, ' Owner="Other"')),
    _broken("xml_attribute_without_quotes", box(3, " Note=x")),
    _broken("xml_attribute_without_value", box(3, " Note")),
    _broken("xml_quote_lost", box(3).replace('Owner="Amy"', 'Owner="Amy')),
    bad(
        "xml_end_tag_lost",
        xml(box(1), box(3, inside="<N>x</N>").replace("</Event>", ""), box(2)),
        "broken_xml",
        records=3,
    ),
    _broken("xml_end_tag_of_another_name", box(3, inside="<N>x</M>")),
    bad("xml_children_not_closed", xml(box(1), box(3, inside="<A><B>"), box(2)), "broken_xml", records=3),
    bad("xml_two_roots", xml(box(1)) + xml(box(2)), records=2, must="2 documents stand one behind the other"),
    bad("xml_no_root_at_all", (box(1) + box(2)).encode(), records=2, must="The root <SearchResults> is missing"),
    bad("xml_root_not_closed", xml(box(1), box(2), end=""), records=2, must="</SearchResults>"),
    bad("xml_cut_inside_an_attribute", xml(box(1), box(2), box(3))[:-60], "truncated_record", records=3),
    bad("xml_cut_inside_a_comment", xml(box(1), "<!-- cut", end=""), "truncated_record", records=2),
    bad(
        "xml_cut_inside_cdata",
        xml(box(1), box(2, inside="<N><![CDATA[cut").split("</Event>", maxsplit=1)[0], end=""),
        "truncated_record",
        records=2,
    ),
    bad(
        "xml_garbage_between_events",
        xml(box(1), "some stray text", box(2)),
        "stray_text",
        records=3,
        must="some stray text",
    ),
    bad(
        "xml_garbage_behind_the_root",
        xml(box(1)) + b"trailing garbage",
        "stray_text",
        records=2,
        must="trailing garbage",
    ),
    bad("xml_zeros_behind_the_root", xml(box(1)) + b"\0" * 4096, "stray_text", records=2),
    bad(
        "xml_printed_item_element",
        xml(box(1, inside='<SourceItems><ItemId="AAA" Subject="x" /></SourceItems>')),
        records=1,
        must="repaired_item_element",
    ),
    bad(
        "xml_comment_holds_an_event",
        xml(box(1), "<!--" + box(9) + "-->", box(2)),
        records=2,
        never="2026-03-01T10:00:09",
    ),
    bad(
        "xml_cdata_between_events_holds_an_event",
        xml(box(1), "<![CDATA[" + box(9) + "]]>", box(2)),
        records=2,
        must="Comments or CDATA sections that hold the text of an Event: 1.",
        never="2026-03-01T10:00:09",
    ),
    bad("xml_cdata_holds_an_event", xml(box(1, inside="<N><![CDATA[" + box(9) + "]]></N>"), box(2)), records=2),
    bad(
        "xml_event_inside_an_event",
        xml(box(1), box(3, inside=box(4)), box(2)),
        "broken_xml stray_text",
        records=5,
        rejected=2,
        exit=3,
    ),
    bad(
        "xml_event_of_another_namespace",
        xml(box(1), '<e:Event xmlns:e="urn:x" Owner="x"/>', box(2)),
        "stray_text",
        records=3,
    ),
    bad("xml_event_without_attributes", xml(box(1), "<Event/>", box(2)), "no_content", records=3),
    bad("xml_declaration_in_the_middle", xml(box(1)) + b"\n" + xml(box(2)), records=2),
    bad("xml_blank_line_before_the_declaration", b"\r\n\r\n" + xml(box(1)), records=1),
    # Limits
    bad(
        "xml_depth_of_100000",
        xml(box(1), box(3, inside="<a>" * 100_000 + "</a>" * 100_000), box(2)),
        "nested_too_deep",
        records=3,
    ),
    bad("xml_depth_of_90_is_read", xml(box(1), box(3, inside="<a>" * 90 + "x" + "</a>" * 90), box(2)), records=3),
    bad(
        "xml_value_of_11_million",
        lambda: xml(box(1), box(3, f' Note="{"x" * 11_000_000}"'), box(2)),
        "record_too_large",
        records=3,
        seconds=20,
    ),
    bad(
        "xml_value_of_8_million_is_read",
        lambda: xml(box(1), box(3, f' Note="{"x" * 8_000_000}"'), box(2)),
        records=3,
        seconds=20,
    ),
    bad("xml_10000_attributes", xml(box(1, "".join(f' Zz{n}="{n}"' for n in range(10_000)))), records=1, must="Zz9999"),
    bad("xml_10000_children", xml(box(1, inside="<Items>" + "<Item Id='x'/>" * 10_000 + "</Items>")), records=1),
    bad("xml_quotes_that_never_end", xml('<Event Owner="' * 5000), "broken_xml", records=5000, rejected=5000),
    # Encodings
    bad("xml_says_utf16_is_utf8", xml(box(1), head=XML.replace("utf-8", "utf-16")), records=1),
    bad("xml_says_utf8_is_utf16", b"\xff\xfe" + xml(box(1)).decode().encode("utf-16-le"), records=1),
    bad("xml_utf16_without_mark", xml(box(1)).decode().encode("utf-16-le"), records=1),
    bad("xml_utf16_big_endian", b"\xfe\xff" + xml(box(1)).decode().encode("utf-16-be"), records=1),
    bad(
        "xml_utf16_cut_inside_a_character",
        (b"\xff\xfe" + xml(box(1), box(2)).decode().encode("utf-16-le"))[:-1],
        records=2,
        must="ends in the middle of a character",
    ),
    bad(
        "xml_utf7_stays_text",
        xml(box(1, ' Note="+ADw-Event+AD4-"'), head=XML.replace("utf-8", "utf-7")),
        records=1,
        must="+ADw-Event+AD4-",
    ),
    bad(
        "xml_invalid_utf8_byte",
        xml(box(1, ' Note="Zoë"'), box(2)).replace(b'Owner="Amy"', b'Owner="A\xffmy"', 1),
        records=2,
        must=("Zoë", "invalid_bytes"),
    ),
    bad("xml_unknown_encoding_named", xml(box(1), head=XML.replace("utf-8", "x-unknown")), records=1),
    # What it says
    bad("xml_admin_parameter_like_a_formula", xml(admin(1, value="=cmd|'/c calc'!A0")), records=1, must="=cmd|"),
    bad("xml_admin_bare_ampersand", xml(admin(1), admin(2, value="AT&T"), admin(3)), "broken_xml", records=3),
    bad("xml_admin_cut", xml(admin(1), admin(2))[:-70], "truncated_record", records=2),
    bad("xml_admin_date_impossible", xml(admin(1).replace("2026-03-02", "2026-02-31")), records=1, must="2026-02-31"),
    bad(
        "xml_admin_date_of_prose",
        xml(admin(1).replace("2026-03-02T10:00:00-07:00", "last Tuesday")),
        records=1,
        must="last Tuesday",
    ),
    bad("xml_mixed_audits", xml(admin(1), box(2)), records=2),
    bad("xml_empty_result", xml(), records=0, exit=0),
    bad("xml_empty_result_self_closed", b"<SearchResults />", records=0, exit=0),
    bad("xml_unknown_root", b'<?xml version="1.0"?><Objs Version="1.1.0.1"><Obj RefId="0"/></Objs>', "unknown_format"),
    bad(
        "xml_unknown_attributes_are_kept",
        xml(box(1, ' ZzNew="kept"', inside="<ZzChild ZzName='also kept'/>")),
        records=1,
        must=("kept", "also kept"),
    ),
    bad("xml_svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "unknown_format"),
    bad("xml_end_only", END.encode() * 3, "unknown_format", must="no element follows"),
]
