"""Our own line drawings on a grid of 24, drawn with one pen; the shape of a verdict on a grid of 48."""

from __future__ import annotations

ICONS = {
    "add": '<path d="M12 5v14M5 12h14"/>',
    "audit": '<path d="M6 3h12v18H6zM9 8h6M9 12h6M9 16h3"/><path d="m14.5 16 1.2 1.2 2.3-2.4"/>',
    "back": '<path d="M20 12H5M11 6l-6 6 6 6"/>',
    "body": '<circle cx="12" cy="5" r="2.5"/><path d="M5 10.5c4.5-1.6 9.5-1.6 14 0M9.5 9.8V21M14.5 9.8V21M12 15v6"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "consent": (
        '<path d="M7 11V5.5a1.5 1.5 0 0 1 3 0V10 4.5a1.5 1.5 0 0 1 3 0V10 5.5a1.5 1.5 0 0 1 3 0V13c0 5-1.8 8-5.5'
        ' 8-3 0-4.2-1.6-6.8-6.3a1.5 1.5 0 0 1 2.5-1.6L7 14z"/>'
    ),
    "cross": '<path d="m6 6 12 12M18 6 6 18"/>',
    "decision": (
        '<path d="M12 21v-7M12 14c0-4-6-3-6-8M12 14c0-4 6-3 6-8"/><path d="m3.5 8 2.5-3 2.5 3M15.5 8 18 5l2.5 3"/>'
    ),
    "document": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
    "forward": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.5v.1"/>',
    "intake": (
        '<path d="M8 4H5v17h14V4h-3M9 2.5h6v3.5H9z"/>'
        '<path d="m8.5 12 1.3 1.3 2.2-2.4M8.5 17l1.3 1.3 2.2-2.4M14.5 12.5h1.5M14.5 17.5h1.5"/>'
    ),
    "link": (
        '<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"/>'
    ),
    "lock": '<path d="M6 11h12v9.5H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 15v2"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "merge": '<path d="M6 4c0 5 6 5 6 10v7M18 4c0 5-6 5-6 10"/><path d="m9 18 3 3 3-3"/>',
    "patient": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.6-4.5 3.5-6.5 7.5-6.5s6.9 2 7.5 6.5"/>',
    "people": (
        '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.5-4 3-5.5 6.5-5.5s6 1.5 6.5 5.5'
        'M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2 .8 3.2 2.4 3.5 5"/>'
    ),
    "phone": (
        '<path d="M5 4h4l1.8 4.5-2.3 1.7a12 12 0 0 0 5.3 5.3l1.7-2.3L20 15v4c0 1-.8 1.7-1.8 1.6C10.5 20 4 13.5'
        ' 3.4 5.8 3.3 4.8 4 4 5 4z"/>'
    ),
    "plan": (
        '<path d="M9 6h11M9 12h11M9 18h11"/><circle cx="4.7" cy="6" r="1.2"/><circle cx="4.7" cy="12" r="1.2"/>'
        '<circle cx="4.7" cy="18" r="1.2"/>'
    ),
    "print": '<path d="M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z"/>',
    "protocols": (
        '<path d="M4 5.5c3-1.3 5.5-1 8 .7 2.5-1.7 5-2 8-.7v13.3c-3-1.3-5.5-1-8 .7-2.5-1.7-5-2-8-.7zM12 6.2v13.3"/>'
    ),
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5.5 5.5"/>',
    "settings": (
        '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9" cy="17" r="2.2"/>'
    ),
    "sign": '<path d="M3 20.5h18M4 16.5 15.5 5l3.5 3.5L7.5 20H4z"/><path d="m13.2 7.3 3.5 3.5"/>',
    "sign-out": '<path d="M13 4H5v16h8M9.5 12H21M17 8l4 4-4 4"/>',
    "today": '<path d="M4 5.5h16V20H4zM4 10h16M8 3v4.5M16 3v4.5"/><path d="M8 14h3v2.5H8z"/>',
    "warning": '<path d="M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.1"/>',
}

SHAPES = {
    "go": '<circle cx="24" cy="24" r="19"/>',
    "modified": '<path d="M24 5a19 19 0 1 0 19 19H24Z"/>',
    "ask": '<path d="M24 6 45 42H3Z"/>',
    "withhold": '<path d="M16.1 5h15.8L43 16.1v15.8L31.9 43H16.1L5 31.9V16.1Z"/>',
    "emergency": '<path fill="currentColor" d="M16.1 5h15.8L43 16.1v15.8L31.9 43H16.1L5 31.9V16.1Z"/>',
}
