"""Does HVM compress three domains of BabyLM better than its rivals, and what do variables add?"""
