"""Workbooks of Excel, old and new, and of OpenDocument."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tables import Row, cell


def workbook(out: str, rows: list[Row], *, from_1904: bool = False) -> None:
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    garden = book.active
    garden.title = "Garden"
    garden.append(["Flowers of the garden"])
    garden.merge_cells("A1:F1")
    garden.append([])
    garden.append(list(rows[0]))
    for row in rows:
        garden.append([cell(name, value) for name, value in row.items()])
    other = book.create_sheet("Q&A")
    other.append(["a", "b"])
    other.append([1, "x & y"])
    book.save(out)


def old_workbook(out: str, rows: list[Row], *, from_1904: bool = False) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = from_1904
    styles = {
        date: xlwt.easyxf(num_format_str="YYYY-MM-DD"),
        datetime: xlwt.easyxf(num_format_str="D/M/YY h:mm:ss"),
    }
    garden = book.add_sheet("Garden")
    garden.write_merge(0, 0, 0, 5, "Flowers of the garden")
    for column, name in enumerate(rows[0]):
        garden.write(2, column, name)
    for place, row in enumerate(rows):
        for column, (name, value) in enumerate(row.items()):
            one = cell(name, value)
            if type(one) in styles:
                garden.write(place + 3, column, one, styles[type(one)])
            elif one is not None:
                garden.write(place + 3, column, one)
    other = book.add_sheet("Q&A")
    other.write(0, 0, "a")
    other.write(0, 1, "b")
    other.write(1, 0, 1)
    other.write(1, 1, "x & y")
    holes = book.add_sheet("Holes")
    holes.write(0, 0, "n")
    holes.write(0, 1, "zip")
    holes.write(1, 0, 2.5)
    holes.write(1, 1, "00123")
    holes.write(3, 0, xlwt.Formula("A2*2"))
    holes.write(3, 1, "x")
    holes.row(4).set_cell_error(0, "#DIV/0!")
    holes.write(4, 1, "y")
    book.save(out)


def open_cell(value: object) -> TableCell:
    match value:
        case None:
            return TableCell()
        case bool():
            return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
        case int() | float():
            return TableCell(valuetype="float", value=repr(value))
        case date():
            return TableCell(valuetype="date", datevalue=value.isoformat())
    text = TableCell(valuetype="string")
    for line in str(value).split("\n"):
        text.addElement(P(text=line))
    return text


def open_row(table: Table, values: Iterable[object]) -> None:
    row = TableRow()
    for value in values:
        row.addElement(open_cell(value))
    table.addElement(row)


def open_workbook(out: str, rows: list[Row]) -> None:
    book = OpenDocumentSpreadsheet()
    garden = Table(name="Garden")
    title = TableRow()
    spanning = TableCell(valuetype="string", numbercolumnsspanned=6)
    spanning.addElement(P(text="Flowers of the garden"))
    title.addElement(spanning)
    garden.addElement(title)
    open_row(garden, [])
    open_row(garden, rows[0])
    for row in rows:
        open_row(garden, [cell(name, value) for name, value in row.items()])
    # What programs write behind the last row.
    garden.addElement(TableRow(numberrowsrepeated=1000000))
    book.spreadsheet.addElement(garden)
    other = Table(name="Q&A")
    open_row(other, ["a", "b"])
    open_row(other, [1, "x & y"])
    book.spreadsheet.addElement(other)
    holes = Table(name="Holes")
    open_row(holes, ["n", "zip"])
    open_row(holes, [2.5, "00123"])
    open_row(holes, [])
    formula = TableRow()
    formula.addElement(TableCell(formula="of:=[.A2]*2"))
    formula.addElement(open_cell("x"))
    holes.addElement(formula)
    error = TableRow()
    bad = TableCell(formula="of:=1/0", valuetype="string", stringvalue="")
    bad.addElement(P(text="#DIV/0!"))
    error.addElement(bad)
    error.addElement(open_cell("y"))
    holes.addElement(error)
    book.spreadsheet.addElement(holes)
    book.save(out)


def grid(out: str, rows: list[list[object]]) -> None:
    """One sheet S with these cells, in the format that the file's name says."""
    match Path(out).suffix:
        case ".xls":
            old = xlwt.Workbook(encoding="utf-8")
            page = old.add_sheet("S")
            for place, values in enumerate(rows):
                for column, value in enumerate(values):
                    if value is not None:
                        page.write(place, column, value)
            old.save(out)
        case ".ods":
            book = OpenDocumentSpreadsheet()
            table = Table(name="S")
            for values in rows:
                open_row(table, values)
            book.spreadsheet.addElement(table)
            book.save(out)
        case _:
            new = openpyxl.Workbook()
            new.active.title = "S"
            for values in rows:
                new.active.append(values)
            new.save(out)


def protected(out: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["secret"])
    plain = io.BytesIO()
    book.save(plain)
    with Path(out).open("wb") as sink:
        OOXMLFile(plain).encrypt("swordfish", sink)


def archive(out: str, parts: dict[str, str | int]) -> None:
    """A zip archive; a number stands for so many blanks."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            # OpenDocument has its type unpacked, so that it can be seen at the beginning.
            how = zipfile.ZIP_STORED if name == "mimetype" else None
            target.writestr(
                name,
                content if isinstance(content, str) else b" " * content,
                compress_type=how,
            )
