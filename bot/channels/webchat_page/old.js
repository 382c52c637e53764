// Browsers without modules come here alone: say so instead of showing a page that does nothing.
document.getElementById("too-old").hidden = false;
document.getElementById("say").style.display = "none";
