"""A real browser for the tests of pages; where there is none, they are skipped by name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
#: Lowest contrast of text on what lies behind it, hatching included, over all elements that match a selector.
CONTRAST = """
const context = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
function over(...layers) {
  context.clearRect(0, 0, 1, 1);
  for (const colour of layers) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
  return [...context.getImageData(0, 0, 1, 1).data];
}
function luminance(pixel) {
  const linear = value => value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4;
  const [r, g, b] = pixel.slice(0, 3).map(value => linear(value / 255));
  return .2126 * r + .7152 * g + .0722 * b;
}
const worst = {ratio: 99, what: '', count: 0};
for (const element of document.querySelectorAll(arguments[0])) {
  const layers = [];
  let hatch = null;
  for (let node = element; node; node = node.parentElement) {
    const style = getComputedStyle(node);
    layers.unshift(style.backgroundColor);
    if (style.backgroundImage !== 'none') hatch = style.getPropertyValue('--hatch');
  }
  const colour = getComputedStyle(element).color;
  for (const behind of hatch ? [layers, [...layers, hatch]] : [layers]) {
    const [a, b] = [over(...behind, colour), over(...behind)].map(luminance).sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < worst.ratio) { worst.ratio = ratio; worst.what = element.outerHTML.slice(0, 200); }
  }
  worst.count += 1;
}
return worst;
"""


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium, with ``view`` and ``lowest_contrast`` beside what selenium gives it."""
    pytest.importorskip("selenium", reason="needs selenium, which is not installed")
    if BROWSER is None or DRIVER is None:
        pytest.skip(f"needs {'chromium' if BROWSER is None else 'chromedriver'}, which is not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    class Browser(webdriver.Chrome):
        def view(self, url: str, *, width: int = 1280, dark: bool = False) -> None:
            scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            self.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
            self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            self.get("about:blank")
            # Where the test before left the pointer, something would be hovered once the page is drawn.
            corner = {"type": "mouseMoved", "x": 0, "y": 0}
            self.execute_cdp_cmd("Input.dispatchMouseEvent", corner)
            self.get(url)

        def lowest_contrast(self, selector: str) -> Any:
            return self.execute_script(CONTRAST, selector)

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SE_OFFLINE", "true")
        driver = Browser(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()
