"""Paper, ink, scanner and camera for the sample documents: what happens to a clean page on its way to a file.

All pictures are float32 in 0-1, `(H, W)` grey or `(H, W, 3)` RGB, 1 being white. Randomness comes only from the
generator that is passed in, so the same seed gives the same picture.
"""

from __future__ import annotations

import cv2
import numpy as np


def smooth_noise(shape: tuple[int, int], grain: int, generator: np.random.Generator) -> np.ndarray:
    """Noise of mean 0 and standard deviation 1 whose blobs are about `grain` pixels wide, `(H, W)`."""
    height, width = shape
    small = generator.standard_normal((max(2, height // grain + 2), max(2, width // grain + 2))).astype(np.float32)
    noise = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return (noise - noise.mean()) / (noise.std() + 1e-6)


def uneven_ink(page: np.ndarray, generator: np.random.Generator, *, fade: float = 0.1, grain: int = 3) -> np.ndarray:
    """Let ink cover the paper unevenly: pale specks inside letters and slow changes over the page."""
    shape = page.shape[:2]
    cover = 1 - fade * (0.5 + 0.5 * np.abs(smooth_noise(shape, grain, generator)))
    cover -= 0.5 * fade * np.abs(smooth_noise(shape, 240, generator))
    cover = np.clip(cover, 0, 1)
    return 1 - (1 - page) * (cover if page.ndim == 2 else cover[:, :, None])


def ragged_edges(page: np.ndarray, generator: np.random.Generator, *, reach: float = 0.5) -> np.ndarray:
    """Shift every point by about `reach` pixels, neighbours alike: the ragged outline of ink on fibres."""
    height, width = page.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    columns += reach * smooth_noise((height, width), 3, generator)
    rows += reach * smooth_noise((height, width), 3, generator)
    return cv2.remap(page, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def show_through(page: np.ndarray, other_side: np.ndarray, strength: float = 0.05) -> np.ndarray:
    """Let the print of the other side shine through, mirrored and blurred."""
    behind = cv2.GaussianBlur(other_side[:, ::-1], (0, 0), 3.0)
    return page * (1 - strength * (1 - behind))


def skew(page: np.ndarray, degrees: float, background: float = 1.0) -> np.ndarray:
    """Turn a page clockwise by a small angle about its middle; the size stays."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    border = (background, background, background)
    turned = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=border)
    return np.clip(turned, 0, 1)


def paper(shape: tuple[int, int], generator: np.random.Generator, *, tone: float, texture: float) -> np.ndarray:
    """A sheet of paper of grey value `tone`, with fibres and clouds of strength `texture`, `(H, W)`."""
    fibres = smooth_noise(shape, 2, generator) + 0.7 * smooth_noise(shape, 9, generator)
    clouds = smooth_noise(shape, 160, generator)
    return np.clip(tone + texture * (0.6 * fibres + 0.8 * clouds), 0, 1)


def specks(page: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """Scatter dust: small dark spots of one to three pixels, a few of them hairs."""
    page = page.copy()
    height, width = page.shape[:2]
    for _ in range(count):
        x, y = int(generator.integers(width)), int(generator.integers(height))
        tone = float(generator.uniform(0.25, 0.7))
        colour = (tone, tone, tone)
        if generator.random() < 0.06:
            angle = int(generator.integers(360))
            cv2.ellipse(page, (x, y), (18, 11), angle, 0, int(generator.integers(50, 130)), colour, 1, cv2.LINE_AA)
        else:
            cv2.circle(page, (x, y), int(generator.integers(1, 3)), colour, -1, cv2.LINE_AA)
    return page


def edge_shadow(page: np.ndarray, *, side: str, reach: int, depth: float) -> np.ndarray:
    """Darken one side (`left`, `right`, `top`, `bottom`) where the page lifts from the glass."""
    height, width = page.shape[:2]
    length = width if side in ("left", "right") else height
    distance = np.arange(length, dtype=np.float32)
    if side in ("right", "bottom"):
        distance = distance[::-1]
    fall = 1 - depth * np.exp(-distance / reach)
    shade = fall[None, :] if side in ("left", "right") else fall[:, None]
    return page * (shade if page.ndim == 2 else shade[:, :, None])


def fold_line(page: np.ndarray, y: int, generator: np.random.Generator, *, depth: float = 0.12) -> np.ndarray:
    """A crease across the page at height `y`: a dark thread with a light one beneath it."""
    height, width = page.shape[:2]
    middle = y + 2.5 * smooth_noise((1, width), 200, generator)[0]
    distance = np.arange(height, dtype=np.float32)[:, None] - middle[None, :]
    strength = 0.75 + 0.25 * smooth_noise((1, width), 15, generator)
    return np.clip(
        page - strength * depth * (np.exp(-(distance**2) / 3) - 0.4 * np.exp(-((distance - 4) ** 2) / 8)), 0, 1
    )


def punch_holes(page: np.ndarray, centres: list[tuple[int, int]], radius: int) -> np.ndarray:
    """Two filing holes, dark as the scanner's lid is behind them."""
    page = page.copy()
    for centre in centres:
        cv2.circle(page, centre, radius, (0.22, 0.22, 0.22), -1, cv2.LINE_AA)
        cv2.circle(page, (centre[0] - 1, centre[1] - 1), radius, (0.6, 0.6, 0.6), 1, cv2.LINE_AA)
    return page


def scan(
    ink: np.ndarray,
    generator: np.random.Generator,
    *,
    tone: float = 0.95,
    texture: float = 0.012,
    blur: float = 0.7,
    noise: float = 0.012,
    black: float = 0.1,
) -> np.ndarray:
    """Scan a page: ink on paper, the optics' blur, a little sharpening, the sensor's noise.

    Args:
        ink: The page, `(H, W)`, 1 where there is no ink.
        generator: Source of randomness.
        tone: Grey value of the paper.
        texture: Strength of fibres and clouds.
        blur: Gaussian sigma of the optics, pixels.
        noise: Standard deviation of the sensor's noise.
        black: Grey value of full ink.
    """
    sheet = paper(ink.shape, generator, tone=tone, texture=texture)
    page = cv2.GaussianBlur(sheet * (black + (1 - black) * ink), (0, 0), blur)
    page = page + 0.6 * (page - cv2.GaussianBlur(page, (0, 0), 2.2))
    page = page + noise * generator.standard_normal(ink.shape).astype(np.float32)
    return np.clip(page, 0, 1)


def levels(page: np.ndarray, *, black: float, white: float) -> np.ndarray:
    """Stretch contrast as scanner software does: `black` and below to 0, `white` and above to 1."""
    return np.clip((page - black) / (white - black), 0, 1)


def office_scan(
    ink: np.ndarray, generator: np.random.Generator, *, dust: int, tilt: float, side: str, reach: int
) -> np.ndarray:
    """A page as an office scanner gives it: a little dust and `tilt` degrees of skew, one side in its shadow."""
    page = scan(uneven_ink(ink, generator, fade=0.1), generator, tone=0.95, texture=0.01, noise=0.012)
    page = skew(specks(page, dust, generator), tilt, background=0.95)
    return levels(edge_shadow(page, side=side, reach=reach, depth=0.4), black=0.05, white=0.94)


def photograph(
    sheet: np.ndarray, table: np.ndarray, corners: np.ndarray, generator: np.random.Generator, *, light: np.ndarray
) -> np.ndarray:
    """Lay a sheet on a table and take its picture.

    Args:
        sheet: The sheet, `(h, w, 3)`.
        table: What it lies on, `(H, W, 3)`, of the size of the photo.
        corners: Where the sheet's corners come to lie, `(4, 2)` float32, clockwise from its top left.
        generator: Source of randomness.
        light: How much light falls on each pixel, `(H, W)` around 1.
    """
    height, width = table.shape[:2]
    h, w = sheet.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    lay = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    laid = cv2.warpPerspective(sheet, lay, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones((h, w), np.float32), lay, (width, height))
    cast = cv2.GaussianBlur(np.roll(mask, (14, 12), (0, 1)), (0, 0), 9)[:, :, None]
    photo = mask[:, :, None] * laid + (1 - mask[:, :, None]) * table * (1 - 0.55 * cast)
    photo = cv2.GaussianBlur(photo * light[:, :, None], (0, 0), 0.8)
    return np.clip(photo + 0.014 * generator.standard_normal(photo.shape).astype(np.float32), 0, 1)


def wood(shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """A brown table top with grain along its width, `(H, W, 3)`."""
    height, width = shape
    rows = np.mgrid[0:height, 0:width][0].astype(np.float32)
    bent = rows + 14 * smooth_noise(shape, 400, generator) + 3 * smooth_noise(shape, 90, generator)
    grain = 0.5 * np.sin(bent / 9.0) + 0.5 * np.sin(bent / 3.7 + 1.0)
    streaks = cv2.GaussianBlur(generator.standard_normal(shape).astype(np.float32), (0, 0), sigmaX=40, sigmaY=0.8)
    tone = 0.46 + 0.025 * grain + 0.05 * streaks / streaks.std() + 0.02 * smooth_noise(shape, 300, generator)
    return np.clip(tone[:, :, None] * np.array([1.0, 0.74, 0.52], np.float32), 0, 1)
