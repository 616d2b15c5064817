"""StreamTech sells DVDs (scenario S2): order fulfilment in four forms, returns, and goods receiving."""
