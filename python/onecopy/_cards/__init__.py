"""Cards: what notebooks show, as HTML with small SVG pictures, without scripts or foreign files.

They are given plain numbers and names, and know none of the classes that show them.
"""
