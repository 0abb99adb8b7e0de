"""The sample company: what a newcomer tries the main job with."""
