"""The clinic in the browser: people, records, intake, decision and signed plan, on the core `effleurage`."""
