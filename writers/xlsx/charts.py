"""Native Excel charts over the small tables of the Summary sheet."""

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.writers.xlsx import styles

_SMALL, _TITLE = 900, 1200  # hundredths of a point


def stacked_columns(sheet: Worksheet, title: str, header: int, last: int, columns: int) -> BarChart:
    """Columns over time: names in column B from row ``header + 1`` to ``last``, one series for each of the ``columns`` that follow."""
    chart = _bare()
    chart.title = _title(title)
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 30
    chart.add_data(
        Reference(sheet, min_col=3, max_col=2 + columns, min_row=header, max_row=last), titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=2, min_row=header + 1, max_row=last))
    for number, series in enumerate(chart.series):
        _paint(series.graphicalProperties, styles.CHART_COLOURS[number % len(styles.CHART_COLOURS)])
    chart.legend.position = "b"
    chart.legend.txPr = _letters(_SMALL)
    chart.x_axis.tickLblSkip = max(1, (last - header) // 10)
    chart.x_axis.tickMarkSkip = chart.x_axis.tickLblSkip
    return chart


def bars(sheet: Worksheet, header: int, last: int) -> BarChart:
    """Bars, longest on top: names in column B, numbers in column C, from row ``header + 1`` to ``last``."""
    chart = _bare()
    chart.type, chart.gapWidth, chart.legend = "bar", 40, None
    chart.add_data(Reference(sheet, min_col=3, min_row=header, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=2, min_row=header + 1, max_row=last))
    _paint(chart.series[0].graphicalProperties, styles.MIDDLE)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    chart.dataLabels = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.dataLabels.txPr = _letters(_SMALL)
    chart.layout = Layout(
        manualLayout=ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.36, y=0.03, w=0.56, h=0.94)
    )
    return chart


def _title(text: str) -> Title:
    letters = _character(_TITLE, bold=True)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=letters), r=[RegularTextRun(rPr=letters, t=text)])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _bare() -> BarChart:
    chart = BarChart()
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.txPr = chart.y_axis.txPr = _letters(_SMALL)
    chart.x_axis.number_format, chart.y_axis.number_format = "General", styles.WHOLE_FORMAT
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill=styles.LINE)))
    chart.graphical_properties = GraphicalProperties(solidFill="FFFFFF", ln=LineProperties(solidFill=styles.LINE))
    chart.roundedCorners = False
    return chart


def _paint(properties: GraphicalProperties, colour: str) -> None:
    properties.solidFill = colour
    properties.line.solidFill = colour


def _character(size: int, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=styles.INK)


def _letters(size: int) -> RichText:
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=_character(size)), endParaRPr=_character(size))])
