"""The Excel workbook: what an investigator reads, and hands on."""

from m365timeline.writers.xlsx.workbook import XlsxWriter

__all__ = ["XlsxWriter"]
