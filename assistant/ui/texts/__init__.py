"""Our own words: for every key what it says in English and in Chinese, in one file for each part of the page."""
