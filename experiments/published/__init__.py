"""Does the published preset, `HVM.paper()`, follow the published algorithm?"""
