"""Small data sets of the true formats of others, made by code."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

TEXT = "Total 12.50"
SIZE = (300, 100)  # width, height
BOX = (15.0, 12.0, 200.0, 50.0)  # around the text of a picture


def put_picture(path: Path, text: str = TEXT) -> Path:
    """A picture of `SIZE` with a text in `BOX`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    cv2.putText(image, text, (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    assert cv2.imwrite(str(path), image)
    return path


def put_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def corners() -> list[list[float]]:
    x0, y0, x1, y1 = BOX
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def put_idx(folder: Path, images: np.ndarray, labels: np.ndarray, *, zipped: bool, stem: str = "train") -> Path:
    """Pictures and labels of digits as MNIST has them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
        data = idx_bytes(array)
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


def polygon_shape(text: str, points: list[list[float]] | None = None, **more: Any) -> dict[str, Any]:
    """A shape of Labelme."""
    return {"label": text, "points": points or corners(), "group_id": None, "shape_type": "polygon", "flags": {}} | more


IAM_XML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<form id="a01-000u" width="300" height="100" writer-id="000">
 <machine-printed-part><machine-print-line text="Total 12.50"/></machine-printed-part>
 <handwritten-part>
  <line id="a01-000u-00" text="Total, 12.50">
   <word id="a01-000u-00-00" text="Total,"><cmp x="20" y="20" width="40" height="22"/>
    <cmp x="62" y="36" width="4" height="8"/></word>
   <word id="a01-000u-00-01" text="12.50"><cmp x="90" y="20" width="80" height="22"/></word>
  </line>
 </handwritten-part>
</form>
"""


def put_iam(root: Path) -> Path:
    put_picture(root / "lines" / "a01" / "a01-000u" / "a01-000u-00.png")
    put_picture(root / "lines" / "a01" / "a01-000u" / "a01-000u-01.png")
    put_picture(root / "words" / "a01" / "a01-000u" / "a01-000u-00-00.png")
    put_picture(root / "words" / "a01" / "a01-000u" / "a01-000u-00-01.png")
    put_picture(root / "forms" / "a01-000u.png")
    head = "#--- lines.txt ---#\n#\n# format: a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE\n#\n"
    rows = "a01-000u-00 ok 154 19 408 746 1661 89 Total|,|12.50\na01-000u-01 err 154 19 408 746 1661 89 Total|12.50\n"
    put_text(root / "ascii" / "lines.txt", head + rows + "a01-000u-02 ok 154 19 408 746 1661 89 lost\na01 ok\n")
    words = "a01-000u-00-00 ok 154 408 768 27 51 AT Total\na01-000u-00-01 err 154 507 766 213 48 NN 12.50\n"
    put_text(root / "ascii" / "words.txt", words)
    put_text(root / "largeWriterIndependentTextLineRecognitionTask" / "trainset.txt", "a01-000u-00\n")
    put_text(root / "largeWriterIndependentTextLineRecognitionTask" / "testset.txt", "a01-000u-01\n")
    return root


def put_iam_forms(root: Path) -> Path:
    put_iam(root)
    put_text(root / "xml" / "a01-000u.xml", IAM_XML)
    return root


def digits(count: int = 5) -> tuple[np.ndarray, np.ndarray]:
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 4:24, 10:18] = 255
    return images, np.arange(count, dtype=np.uint8)


def put_mnist(root: Path) -> Path:
    put_idx(root, *digits(), zipped=True)
    return put_idx(root, *digits(2), zipped=False, stem="t10k")


def put_labelme(root: Path) -> Path:
    put_picture(root / "a.png")
    x0, y0, x1, y1 = BOX
    shapes = [
        polygon_shape(TEXT, group_id=3),
        polygon_shape("text", description=TEXT),
        polygon_shape(TEXT, [[x1, y1], [x0, y0]], shape_type="rectangle"),
        polygon_shape("###"),
        polygon_shape("a dot", [[5, 5]], shape_type="point"),
    ]
    data: dict[str, Any] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": "..\\old\\a.png",
        "imageData": None,
    }
    put_text(root / "a.json", json.dumps(data | {"imageHeight": 100, "imageWidth": 300}))
    put_text(root / "settings.json", json.dumps({"colour": "red"}))
    return root


def put_voc(root: Path) -> Path:
    put_picture(root / "images" / "a.png")
    box = "<bndbox><xmin>15</xmin><ymin>12</ymin><xmax>200</xmax><ymax>50</ymax></bndbox>"
    objects = f"<object><name>{TEXT}</name><pose>Unspecified</pose>{box}</object><object><name>x</name></object>"
    size = "<size><width>300</width><height>100</height><depth>3</depth></size>"
    xml = f"<annotation><folder>old</folder><filename>a.png</filename>{size}{objects}</annotation>"
    put_text(root / "annotations" / "a.xml", xml)
    put_text(root / "annotations" / "other.xml", "<settings/>")
    return root


def put_yolo(root: Path) -> Path:
    put_picture(root / "images" / "a.png")
    x0, y0, x1, y1 = (value / side for value, side in zip(BOX, SIZE * 2, strict=True))
    row = f"1 {(x0 + x1) / 2:.6f} {(y0 + y1) / 2:.6f} {x1 - x0:.6f} {y1 - y0:.6f}"
    outline = f"1 {x0:.6f} {y0:.6f} {x1:.6f} {y0:.6f} {x1:.6f} {y1:.6f} {x0:.6f} {y1:.6f}"
    put_text(root / "labels" / "a.txt", f"{row}\n{outline}\n7 0.5 0.5 0.1 0.1\n1 0.5\n")
    put_text(root / "labels" / "lost.txt", row)
    put_text(root / "labels" / "classes.txt", f"dog\n{TEXT}\n")
    return root


def put_annotations(root: Path) -> Path:
    put_picture(root / "a.png")
    put_picture(root / "b.png")
    rows: list[Any] = [
        {"filename": "a.png", "text": TEXT, "bbox": list(BOX)},
        {"filename": "a.png", "text": TEXT, "bbox": [BOX[2], BOX[3], BOX[0], BOX[1]]},
        {"filename": "b.png", "text": TEXT},
        {"filename": "a.png", "text": TEXT, "bbox": [1, 2, 3]},
        {"filename": "lost.png", "text": TEXT},
        "odd",
    ]
    put_text(root / "labels.json", json.dumps({"annotations": rows}))
    return root


def put_paddle(root: Path) -> Path:
    put_picture(root / "img" / "a.png")
    put_picture(root / "img" / "b.png")
    shapes = [{"transcription": TEXT, "points": corners(), "difficult": False}]
    shapes += [{"transcription": "###", "points": corners(), "difficult": True}]
    rows = [f"img/a.png\t{json.dumps(shapes)}", f"old/img/b.png\t{json.dumps(shapes[:1])}", "img/a.png\tno list"]
    put_text(root / "Label.txt", "\n".join([*rows, f"img/lost.png\t{json.dumps(shapes)}"]))
    return root


def put_paddle_lines(root: Path) -> Path:
    put_picture(root / "crop_img" / "a_0.png")
    put_text(root / "rec_gt.txt", f"crop_img/a_0.png\t{TEXT}\ncrop_img/lost.png\tx\nno tab\n")
    return root


def put_icdar(root: Path) -> Path:
    numbers = ",".join(f"{value:.0f}" for corner in corners() for value in corner)
    put_picture(root / "images" / "img_1.jpg")
    put_picture(root / "images" / "img_2.jpg")
    rows = f"{numbers},{TEXT}\r\n{numbers},###\r\n{numbers},one, two\r\n1,2,3\r\n"
    put_text(root / "gt" / "gt_img_1.txt", rows, "utf-8-sig")
    put_text(root / "gt" / "gt_img_2.txt", f"{numbers},caf\u00e9\n", "latin-1")
    put_text(root / "gt" / "gt_img_3.txt", f"{numbers},lost\n")
    return root


ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">
 <Description><MeasurementUnit>pixel</MeasurementUnit>
  <sourceImageInformation><fileName>a.png</fileName></sourceImageInformation></Description>
 <Layout><Page WIDTH="300" HEIGHT="100"><PrintSpace>
  <TextBlock ID="one"><TextLine HPOS="15" VPOS="12" WIDTH="185" HEIGHT="38" LANG="de">
   <String CONTENT="Total"/><SP/><String CONTENT="12."/><HYP CONTENT="50"/></TextLine></TextBlock>
  <TextBlock ID="two"><TextLine BASELINE="15 44 200 44" HPOS="0" VPOS="0" WIDTH="9" HEIGHT="9">
   <Shape><Polygon POINTS="200 12 100 12 15 12 15 50 200 50"/></Shape>
   <String CONTENT="Total"/><String CONTENT="12.50"/></TextLine></TextBlock>
 </PrintSpace></Page></Layout>
</alto>
"""


def put_alto(root: Path) -> Path:
    put_picture(root / "a.png")
    put_text(root / "a.xml", ALTO)
    put_text(root / "mets.xml", "<mets/>")
    put_text(root / "two.xml", ALTO.replace("</Layout>", "<Page/></Layout>"))
    put_text(root / "lost.xml", ALTO.replace("a.png", "lost.png"))
    return root


PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
 <Page imageFilename="a.png" imageWidth="600" imageHeight="200">
  <ReadingOrder><OrderedGroup id="all">
   <RegionRefIndexed index="1" regionRef="two"/><RegionRefIndexed index="0" regionRef="one"/>
  </OrderedGroup></ReadingOrder>
  <TextRegion id="two"><Coords points="0,0 600,0 600,200 0,200"/>
   <TextLine id="l2"><Coords points="400,24 200,24 30,24 30,100 400,100"/><Baseline points="30,90 400,90"/>
    <TextEquiv index="1"><Unicode>Tota1 12.5O</Unicode></TextEquiv>
    <TextEquiv index="0"><Unicode>Total 12.50</Unicode></TextEquiv></TextLine></TextRegion>
  <TextRegion id="one"><Coords points="0,0 600,0 600,200 0,200"/>
   <TextLine id="l1"><Coords points="30,24 400,24 400,100 30,100"/>
    <Word id="w1"><Coords points="30,24 200,24 200,100 30,100"/><TextEquiv><Unicode>Total</Unicode></TextEquiv></Word>
    <Word id="w2"><Coords points="220,24 400,24 400,100 220,100"/><TextEquiv><Unicode>12,50</Unicode></TextEquiv></Word>
   </TextLine></TextRegion>
 </Page>
</PcGts>
"""


def put_page_xml(root: Path) -> Path:
    put_picture(root / "a.png")
    put_text(root / "page" / "a.xml", PAGE)
    put_text(root / "page" / "mets.xml", "<mets/>")
    put_text(root / "page" / "torn.xml", PAGE[:400])
    return root


def put_tesstrain(root: Path) -> Path:
    put_picture(root / "a.png")
    put_picture(root / "b.bin.png")
    put_text(root / "a.gt.txt", f"{TEXT}\n")
    put_text(root / "b.gt.txt", TEXT)
    put_text(root / "c.gt.txt", "lost")
    put_picture(root / "d.png")
    put_text(root / "d.gt.txt", "caf\u00e9", "latin-1")
    return root


def put_cocotext(root: Path) -> Path:
    put_picture(root / "train2014" / "COCO_train2014_000000000042.jpg")
    flat = [value for corner in corners() for value in corner]
    x0, y0, x1, y1 = BOX
    legible = {"image_id": 42, "language": "english", "legibility": "legible", "class": "machine printed"}
    annotations: dict[str, Any] = {
        "1": legible | {"polygon": flat, "utf8_string": TEXT, "bbox": [x0, y0, x1 - x0, y1 - y0]},
        "2": legible | {"utf8_string": TEXT, "bbox": [x0, y0, x1 - x0, y1 - y0]},
        "3": legible | {"mask": flat, "utf8_string": "", "legibility": "illegible"},
        "4": legible | {"utf8_string": TEXT},
        "5": legible | {"polygon": flat, "utf8_string": TEXT, "image_id": 43},
        "6": legible | {"polygon": flat, "utf8_string": TEXT, "image_id": 44},
    }
    picture = {"id": 42, "file_name": "COCO_train2014_000000000042.jpg", "width": 300, "height": 100, "set": "train"}
    pictures = {"42": picture, "43": picture | {"file_name": "COCO_train2014_000000000043.jpg"}}
    put_text(root / "cocotext.v2.json", json.dumps({"cats": {}, "anns": annotations, "imgs": pictures}))
    return root


Put = Callable[[Path], Path]

# Each format: what makes a small set of it, the lines that are taken, single lines among its pictures, what is told.
SETS: list[tuple[str, Put, list[str], int, dict[str, int]]] = [
    ("iam", put_iam, ["Total , 12.50", TEXT], 2, {"picture is missing": 1, "it is malformed": 1}),
    ("iam", put_iam_forms, ["Total, 12.50", TEXT], 2, {"picture is missing": 1, "it is malformed": 1}),
    ("iam-words", put_iam, ["Total"], 1, {"badly cut": 1}),
    ("iam-forms", put_iam_forms, [TEXT, "Total, 12.50"], 0, {}),
    ("mnist", put_mnist, ["0", "1", "0", "1", "2", "3", "4"], 7, {}),
    ("labelme", put_labelme, [TEXT] * 3, 0, {"a point has no outline": 1, "no file of Labelme": 1}),
    ("voc", put_voc, [TEXT], 0, {"it is malformed": 1, "no file of Pascal VOC": 1}),
    ("yolo", put_yolo, [TEXT] * 2, 0, {"of a class that": 2, "picture is missing": 1}),
    ("annotations", put_annotations, [TEXT] * 3, 1, {"it is malformed": 2, "picture is missing": 1}),
    ("paddle", put_paddle, [TEXT] * 2, 0, {"it is malformed": 1, "picture is missing": 1}),
    ("paddle-lines", put_paddle_lines, [TEXT], 1, {"it is malformed": 1, "picture is missing": 1}),
    ("icdar", put_icdar, [TEXT, "one, two"], 0, {"it is malformed": 1, "encoding": 1, "picture is missing": 1}),
    ("alto", put_alto, [TEXT] * 2, 0, {"no file of ALTO": 1, "2 pages": 1, "picture is missing": 1}),
    ("page", put_page_xml, ["Total 12,50", TEXT], 0, {"no file of PAGE": 2}),
    ("tesstrain", put_tesstrain, [TEXT] * 2, 2, {"picture is missing": 1, "encoding": 1}),
    ("cocotext", put_cocotext, [TEXT] * 2, 0, {"it is malformed": 1, "picture is missing": 1, "no entry": 1}),
]
