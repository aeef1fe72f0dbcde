"""An invented incident, told once and rendered into every export family."""
