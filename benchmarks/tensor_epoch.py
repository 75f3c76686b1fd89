"""An epoch of a linear model over a tensor: what a fit with PyTorch does to memory."""

from typing import Any

import numpy as np

ROWS = 4_096


def trained(X: Any, y: np.ndarray) -> Any:  # noqa: ANN401, N803 (its package may be missing; as in scikit-learn)
    """Train a model for an epoch, on rows as they come, and return it."""
    import torch  # noqa: PLC0415 (only where it is measured)

    model = torch.nn.Linear(X.shape[1], 1)
    steps = torch.optim.SGD(model.parameters(), lr=1e-3)
    loss = torch.nn.BCEWithLogitsLoss()
    for at in range(0, len(X), ROWS):
        wanted = torch.from_numpy(y[at : at + ROWS].astype("float32"))
        steps.zero_grad()
        loss(model(X[at : at + ROWS])[:, 0], wanted).backward()
        steps.step()
    return model
